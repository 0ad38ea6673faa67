Creator "networkx"
graph [
  directed 1
  node [ id 0 label "a &#228;" latent 1 graphics [ x 1.5 y -2 ] ]
  node [ id 1 label "b" ]
  edge [ source 0 target 1 ]
  edge [ source 1 target 0 bidirected 1 ]
]
